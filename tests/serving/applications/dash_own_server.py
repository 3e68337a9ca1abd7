"""A Dash project that is started as a program; address, port and prefix come from the environment."""

from dash import Dash, html  # type: ignore[import-not-found]

app = Dash(__name__)
app.layout = html.Div("Digits")

if __name__ == "__main__":
    app.run()

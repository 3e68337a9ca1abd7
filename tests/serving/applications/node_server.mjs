// Node's own HTTP server: it has no notion of a prefix, so the routes carry it.
import { createServer } from "node:http";

const prefix = process.env.VH_DEFAULT_PREFIX;
const routes = {
  [`${prefix}/where`]: (response) => response.end(JSON.stringify({ link: `${prefix}/where` })),
  [`${prefix}/away`]: (response) => response.writeHead(302, { Location: `${prefix}/where` }).end(),
};

createServer((request, response) => {
  const route = routes[new URL(request.url, "http://localhost").pathname];
  return route ? route(response) : response.writeHead(404).end();
}).listen(process.env.PORT, process.env.HOST);

"""What to do where the cluster does not bring a resource about, told beside the engine's own error."""

import pulumi


def remedy(name: str, text: str) -> pulumi.ResourceHookBinding:
    """Tell ``text`` when the resource called ``name`` cannot be created or updated.

    Nothing is tried again.
    """

    def tell(failure: pulumi.ErrorHookArgs) -> bool:
        if failure.failed_operation != "delete":
            pulumi.log.error(text)
        return False

    return pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"remedy for {name}", tell)])

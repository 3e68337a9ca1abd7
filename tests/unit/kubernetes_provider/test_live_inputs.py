from localcluster.kubernetes_provider.live_inputs import imported_inputs, pruned_to
from localcluster.kubernetes_provider.normalization import normalized


def test_only_what_the_program_set_is_compared_with_the_live_object() -> None:
    live = {
        "spec": {"replicas": 4, "template": {"a": 1}, "strategy": {"type": "RollingUpdate"}},
        "status": {},
    }
    assert pruned_to(live, {"spec": {"template": {"a": 0}}}) == {"spec": {"template": {"a": 1}}}


def test_a_live_value_that_means_the_same_keeps_the_programs_spelling() -> None:
    inputs = {"resources": {"requests": {"cpu": "0.1", "memory": "1Gi"}}}
    live = {"resources": {"requests": {"cpu": "100m", "memory": "2Gi"}}}
    assert pruned_to(live, inputs) == {"resources": {"requests": {"cpu": "0.1", "memory": "2Gi"}}}


def test_zero_values_that_the_api_server_leaves_out_stay_and_removed_ones_go() -> None:
    inputs = {"hostNetwork": False, "minReadySeconds": 0, "labels": {}, "image": "a"}
    assert pruned_to({}, inputs) == {"hostNetwork": False, "minReadySeconds": 0, "labels": {}}


def test_list_items_are_compared_by_place_and_further_live_items_ignored() -> None:
    inputs = {"containers": [{"name": "a", "image": "x"}]}
    live = {"containers": [{"name": "a", "image": "y", "tty": True}, {"name": "sidecar"}]}
    assert pruned_to(live, inputs) == {"containers": [{"name": "a", "image": "y"}]}


def test_an_import_takes_everything_but_status_and_bookkeeping() -> None:
    live = {
        "kind": "Service",
        "metadata": {
            "name": "a",
            "uid": "1",
            "resourceVersion": "2",
            "managedFields": [],
            "annotations": {"b": "c"},
        },
        "spec": {"clusterIP": "10.0.0.1"},
        "status": {},
    }
    assert imported_inputs(live) == {
        "kind": "Service",
        "metadata": {"name": "a", "annotations": {"b": "c"}},
        "spec": {"clusterIP": "10.0.0.1"},
    }


def test_the_strings_of_a_secret_become_its_data_and_win_over_it() -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "stringData": {"a": "x"},
        "data": {"a": "eQ==", "b": "eg=="},
    }
    assert normalized(secret) == {"apiVersion": "v1", "kind": "Secret", "data": {"a": "eA==", "b": "eg=="}}


def test_base64_is_written_as_the_api_server_writes_it() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "eA==\n", "b": 5}}
    assert normalized(secret)["data"] == {"a": "eA==", "b": 5}


def test_read_only_metadata_is_no_input() -> None:
    assert normalized({"metadata": {"name": "a", "uid": "1", "generation": 3}}) == {"metadata": {"name": "a"}}

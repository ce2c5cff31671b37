from tests.e2e.cluster.fixtures import api_server, kubelet, namespace, own_cluster, proxy

__all__ = ["api_server", "kubelet", "namespace", "own_cluster", "proxy"]

enum BackendsRoom {}

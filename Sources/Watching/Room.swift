enum WatchingRoom {}

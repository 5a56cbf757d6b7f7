enum SpoolingRoom {}

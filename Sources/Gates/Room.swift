enum GatesRoom {}

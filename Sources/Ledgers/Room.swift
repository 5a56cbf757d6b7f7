enum LedgersRoom {}

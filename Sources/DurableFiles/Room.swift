enum DurableFilesRoom {}

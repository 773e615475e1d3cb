module atrest/test/lab/bulk

go 1.24.0

module merctools

go 1.26

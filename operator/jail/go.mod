module cratekube.io/jail

go 1.24

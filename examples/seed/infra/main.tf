# A network and a cluster as data: terraform_data is built in, so no provider is downloaded and nothing outside of the state is made.
terraform {
  required_version = ">= 1.4"
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

resource "terraform_data" "network" {
  input = {
    name    = "seed"
    region  = var.region
    cidr    = "10.20.0.0/16"
    subnets = [for i in range(3) : cidrsubnet("10.20.0.0/16", 8, i)]
  }
}

resource "terraform_data" "cluster" {
  input = {
    name    = "seed"
    subnets = terraform_data.network.output.subnets
    nodes   = 3
  }
}

output "subnets" {
  value = terraform_data.network.output.subnets
}

output "cluster" {
  value = terraform_data.cluster.output.name
}

# The network of the platform, as a plan that needs no cloud: only OpenTofu's own terraform_data, so nothing is downloaded. A cloud's provider
# would take the place of these resources; the outputs would stay.
variable "namespace" {
  description = "Namespace that the platform lives in"
  type        = string
  default     = "platform"
}

variable "cidr" {
  description = "Addresses of the whole network"
  type        = string
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr, 0))
    error_message = "The network needs a range of addresses such as 10.40.0.0/16."
  }
}

locals {
  tiers = ["edge", "services", "data"]
}

resource "terraform_data" "network" {
  input = { name = var.namespace, cidr = var.cidr }
}

resource "terraform_data" "subnet" {
  for_each = { for index, tier in local.tiers : tier => cidrsubnet(var.cidr, 8, index) }
  input    = { network = terraform_data.network.output.name, tier = each.key, cidr = each.value }
}

output "namespace" {
  value = terraform_data.network.output.name
}

output "subnets" {
  value = { for tier, subnet in terraform_data.subnet : tier => subnet.output.cidr }
}

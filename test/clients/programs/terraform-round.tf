# A round of Terraform with bpg's provider: what a module of an operator's has.
terraform {
  required_providers {
    proxmox = { source = "bpg/proxmox" }
  }
}

variable "mirror" {
  type = string
}

variable "image" {
  type = string
}

# What a step of the round changes.
variable "cores" {
  type    = number
  default = 1
}

variable "storage" {
  type    = string
  default = "local-lvm"
}

variable "node" {
  type    = string
  default = "pve"
}

provider "proxmox" {}

data "proxmox_virtual_environment_nodes" "all" {}

data "proxmox_virtual_environment_vms" "all" {}

data "proxmox_virtual_environment_containers" "all" {}

data "proxmox_virtual_environment_datastores" "all" {
  node_name = "pve"
}

data "proxmox_virtual_environment_version" "this" {}

resource "proxmox_virtual_environment_pool" "temporary" {
  pool_id = "temporary"
  comment = "for a moment"
}

resource "proxmox_virtual_environment_download_file" "fetched" {
  node_name    = "pve"
  datastore_id = "local"
  content_type = "iso"
  file_name    = "fetched.iso"
  url          = var.mirror
}

resource "proxmox_virtual_environment_file" "uploaded" {
  node_name    = "pve"
  datastore_id = "local"
  content_type = "iso"
  source_file {
    path = var.image
  }
}

resource "proxmox_virtual_environment_vm" "made" {
  node_name       = var.node
  vm_id           = 300
  name            = "made"
  pool_id         = proxmox_virtual_environment_pool.temporary.pool_id
  scsi_hardware   = "virtio-scsi-single"
  stop_on_destroy = true
  migrate         = true
  tags            = ["made"]

  cpu {
    cores = var.cores
    type  = "x86-64-v2-AES"
  }
  memory {
    dedicated = 1024
  }
  disk {
    interface    = "scsi0"
    datastore_id = var.storage
    size         = 3 + var.cores
    iothread     = true
    file_format  = "raw"
  }
  network_device {
    bridge = "vmbr0"
  }
  initialization {
    datastore_id = "ceph"
    ip_config {
      ipv4 {
        address = "dhcp"
      }
    }
    user_account {
      username = "ops"
    }
  }
}

resource "proxmox_virtual_environment_vm" "copy" {
  node_name       = "pve"
  vm_id           = 301
  name            = "copy"
  stop_on_destroy = true

  clone {
    vm_id = 900
    full  = true
  }
}

output "nodes" {
  value = join(",", sort(data.proxmox_virtual_environment_nodes.all.names))
}

output "vms" {
  value = join(",", sort([for vm in data.proxmox_virtual_environment_vms.all.vms : vm.name]))
}

output "containers" {
  value = join(",", [for container in data.proxmox_virtual_environment_containers.all.containers : container.name])
}

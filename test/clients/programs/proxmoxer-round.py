"""A round of proxmoxer: everything that a script of an administrator's does with one VM."""

import io
import os
import sys

from proxmoxer import ProxmoxAPI
from proxmoxer.core import ResourceException
from proxmoxer.tools import Files, Tasks

environment = os.environ
mirror = sys.argv[1]
tls = {"verify_ssl": environment["REQUESTS_CA_BUNDLE"], "port": environment["PVE_PORT"]}
user, token = environment["PVE_TOKEN_ID"].split("!")
api = ProxmoxAPI(
    environment["PVE_HOST"], user=user, token_name=token, token_value=environment["PVE_TOKEN_SECRET"], **tls
)


def done(upid):
    status = Tasks.blocking_status(api, upid, timeout=30, polling_interval=0.05)
    assert status["exitstatus"] == "OK" or status["exitstatus"].startswith("WARNINGS"), status
    return status


# The client renews a ticket with the ticket itself as the password.
root = ProxmoxAPI(environment["PVE_HOST"], user="root@pam", password=environment["PVE_ROOT_PASSWORD"], **tls)
ticket, _csrf = root.get_tokens()
renewed = ProxmoxAPI(environment["PVE_HOST"], user="root@pam", password=ticket, **tls)
assert renewed.version.get()["release"]

assert {row["node"] for row in api.nodes.get()} == {"pve", "pve2"}
assert all(row["ssl_fingerprint"] for row in api.nodes.get())
assert [row["vmid"] for row in api.nodes("pve").qemu.get()] == [100, 900]
assert [row["name"] for row in api.nodes("pve").lxc.get()] == ["dns"]
assert {row["type"] for row in api.cluster.resources.get(type="vm")} == {"qemu", "lxc"}
assert {row["name"] for row in api.cluster.status.get() if row["type"] == "node"} == {"pve", "pve2"}
assert {row["storage"] for row in api.storage.get()} == {"local", "local-lvm", "ceph"}
assert api.storage("ceph").get()["shared"] == 1
assert "qemu" in {row["name"] for row in api.nodes("pve").get()}

vmid = int(api.cluster.nextid.get())
assert vmid == 102, vmid
node = api.nodes("pve")
done(
    node.qemu.create(
        vmid=vmid, name="made", memory=1024, cores=1, scsihw="virtio-scsi-single", scsi0="local-lvm:4",
        net0="virtio,bridge=vmbr0", ide2="local-lvm:cloudinit", ciuser="ops", ipconfig0="ip=dhcp", pool="lab",
    )
)
vm = node.qemu(vmid)
assert {row["key"] for row in vm.cloudinit.get()} == {"ciuser"}
done(vm.status.start.post(vmid=vmid, node="pve"))
vm.config.put(memory=2048, description="two\nlines", node="pve")
assert {row["key"]: row for row in vm.pending.get()}["memory"]["pending"] == "2048"
done(vm.config.post(scsi1="local-lvm:1"))
done(vm.resize.put(disk="scsi0", size="+1G"))

done(vm.snapshot.post(snapname="before", description="by proxmoxer", vmstate=1))
assert [row["name"] for row in vm.snapshot.get()] == ["before", "current"]
assert vm.snapshot("before").config.get()["cores"] == 1
done(vm.snapshot("before").rollback.post())
assert vm.status.current.get()["status"] == "running"
done(vm.snapshot("before").delete())

done(vm.status.suspend.post())
assert vm.status.current.get()["qmpstatus"] == "paused"
done(vm.status.resume.post())

for disk in ("scsi0", "scsi1"):
    done(vm.move_disk.post(disk=disk, storage="ceph", delete=1))
done(vm.move_disk.post(disk="ide2", storage="ceph", delete=1))
assert vm.migrate.get(target="pve2")["allowed_nodes"] == ["pve2"]
done(vm.migrate.post(target="pve2", online=1))
moved = api.nodes("pve2").qemu(vmid)
done(moved.status.shutdown.post(timeout=10, forceStop=1))

clone = int(api.cluster.nextid.get())
done(node.qemu(900).clone.post(newid=clone, name="copy", full=1, target="pve2"))
done(api.nodes("pve2").qemu(clone).template.post())
try:
    node.qemu.create(vmid=101, name="taken")
    raise AssertionError("a container's id was given to a VM")
except ResourceException as error:
    assert "CT 101 already exists on node 'pve'" in str(error), error

files = Files(api, "pve", "local")
tasks = node.storage("local")
image = io.BytesIO(b"\x07" * 2048)
image.name = "small.iso"
done(tasks.upload.post(content="iso", filename=image))
assert node("query-url-metadata").get(url=mirror)["size"] == 4096
done(tasks("download-url").post(content="iso", filename="fetched.iso", url=mirror))
assert {row["volid"] for row in tasks.content.get(content="iso")} == {
    "local:iso/boot.iso", "local:iso/fetched.iso", "local:iso/small.iso",
}
done(tasks.content("local:iso/small.iso").delete())

running = api.cluster.tasks.get()
assert running[0]["type"] == "imgdel", running[0]
node.tasks(running[0]["upid"]).delete()

api.pools.post(poolid="temporary", comment="for a moment")
api.pools("temporary").put(vms=[clone])
assert [row["vmid"] for row in api.pools("temporary").get()["members"]] == [clone]
api.pools("temporary").put(vms=[clone], delete=1)
api.pools("temporary").delete()

for gone in (vmid, clone):
    done(api.nodes("pve2").qemu(gone).delete(purge=1, **{"destroy-unreferenced-disks": 1}))
assert [row["vmid"] for row in api.cluster.resources.get(type="vm")] == [100, 101, 900]
print("round done")

import type { Scalar } from "../../proxmox/declared.ts";
import type { CreatedVm } from "./creation-defaults.ts";
import { defined } from "./records.ts";

/**
 * What of the entry of a VM that is created only its creation reads, by path. How it is started and protected is not
 * among it: the one is over, the other is Pulumi's.
 *
 * @param vm the VM with its defaults filled in
 */
export function made({ create, pool, efi, tpm, cloudInit }: CreatedVm): Record<string, Scalar> {
  const { blank, template, image } = create;
  return defined<Scalar>({
    "create.blank.datastore": blank?.datastore,
    "create.template.vmid": template?.vmid,
    "create.template.full": template?.full,
    "create.template.datastore": template?.datastore,
    "create.image.file": image?.file,
    "create.image.datastore": image?.datastore,
    pool,
    "efi.datastore": efi?.datastore,
    "efi.type": efi && (efi.type ?? "4m"),
    "efi.preEnrolledKeys": efi && (efi.preEnrolledKeys ?? false),
    "tpm.datastore": tpm?.datastore,
    "tpm.version": tpm && (tpm.version ?? "v2.0"),
    "cloudInit.interface": cloudInit?.interface,
    "cloudInit.datastore": cloudInit?.datastore,
  });
}

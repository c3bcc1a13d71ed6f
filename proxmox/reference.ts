/** A name in a declaration that means something which Proxmox must have. */
export interface Reference {
  /** `volume` is a file that must be on its datastore, `template` the id of what is cloned. */
  readonly kind: "node" | "cpu" | "machine" | "bridge" | "datastore" | "volume" | "template" | "pool";
  /** Where it is declared. */
  readonly path: string;
  readonly name: string;
  /** Of a datastore or a volume: what is put or found there, in Proxmox's word, such as `images`. */
  readonly content?: string;
  /** Of a template: whether the clone stays linked to it. */
  readonly linked?: boolean;
}

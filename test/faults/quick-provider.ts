import { serve } from "../../provider/serve.ts";
import { usualPatience } from "../../proxmox/api/patience.ts";

serve({ ...usualPatience, request: 3_000, pause: 5, task: 1_000 });

import { serve } from "../../provider/serve.ts";
import { usualPatience } from "../../proxmox/api/patience.ts";

serve({ ...usualPatience, request: 700, pause: 5, task: 300 });

/** The script a page includes: `<script src="https://…/widget/web.js" async></script>`. */

import { warn, type HostWindow } from "./api.ts";
import { boot } from "./boot.ts";

try {
  boot(window as HostWindow, (document.currentScript as HTMLScriptElement | null)?.src ?? "");
} catch (error) {
  warn(error);
}

/** How the page about secrets speaks. Pure. */
import { count } from "../functions/words.ts";
import { address, settingsAddress } from "../router.ts";
import type { Rotation } from "./secrets.ts";

const NAME = /^[A-Z][A-Z0-9_]{0,63}$/;

/** What is wrong with *name* for a secret, or "". */
export function nameReason(name: string): string {
  if (name === "") return "It needs a name.";
  if (NAME.test(name)) return "";
  if (name.length > 64) return "At most 64 letters.";
  return "Capital letters, digits and underscores, beginning with a letter, such as SHOP_KEY.";
}

/** What is wrong with a secret before it is sent, by field. */
export function secretReasons(name: string, text: string): Record<string, string> {
  const reasons: Record<string, string> = {};
  if (nameReason(name) !== "") reasons["name"] = nameReason(name);
  if (valueOf(text) === "") reasons["value"] = "It needs a value.";
  return reasons;
}

/** A pasted value without the line breaks at its end, which come along unseen and break a header. */
export function valueOf(text: string): string {
  return text.replace(/[\r\n]+$/, "");
}

/** What a rotation came to, a line for each thing; `isProblem` marks what needs somebody. */
export function rotationLines(done: Rotation): { text: string; isProblem: boolean }[] {
  const lines = [{ text: `${count(done.rotated, "record")} sealed anew.`, isProblem: false }];
  if (done.unreadable.length > 0) {
    lines.push({ text: `Nobody can open ${done.unreadable.join(", ")}: set them anew.`, isProblem: true });
  }
  if (done.lost > 0) {
    const values = count(done.lost, "value");
    lines.push({ text: `Nobody can open ${values} in the storage of functions. Functions make them anew, or do without.`, isProblem: true });
  }
  lines.push(
    done.oldKeysFree
      ? { text: "Older server keys are not needed any more and may be removed.", isProblem: false }
      : { text: "Keep the older server keys: something here still needs one.", isProblem: true },
  );
  return lines;
}

/** Where the user *what* of a secret is in the app, as in "connector hubspot"; null when it has no page. */
export function userAddress(what: string): string | null {
  const [kind, ...rest] = what.split(" ");
  const name = rest.join(" ");
  if (name === "") return null;
  if (kind === "connector") return address("connectors", name);
  return kind === "site" ? settingsAddress(name) : null;
}

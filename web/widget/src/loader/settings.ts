/** Reads `window.hsConversationsSettings`: defaults filled in, wrong types put right. */

const DEFAULTS = {
  loadImmediately: true,
  inlineEmbedSelector: "",
  enableWidgetCookieBanner: false as boolean | string,
  disableAttachment: false,
  disableInitialInputFocus: false,
  avoidInlineStyles: false,
  hideNewThreadLink: false,
  identificationEmail: "",
  identificationToken: "",
};

/** Every setting, with a value of the right type. */
export type Settings = typeof DEFAULTS;

/**
 * Read *given*, whatever it is, into complete settings.
 *
 * A wrong type is told to *warn* and replaced: a mistake in a chat setting must never
 * stop the host page.
 */
export function readSettings(given: unknown, warn: (text: string) => void): Settings {
  const settings: Record<string, unknown> = { ...DEFAULTS };
  if (typeof given !== "object" || given === null) return DEFAULTS;
  for (const [name, value] of Object.entries(given)) {
    if (!(name in DEFAULTS) || value === undefined) continue;
    const banner = name === "enableWidgetCookieBanner" && typeof value === "string";
    if (banner || typeof value === typeof settings[name]) settings[name] = value;
    else warn(`hsConversationsSettings.${name} must be a ${typeof settings[name]}`);
  }
  return settings as Settings;
}

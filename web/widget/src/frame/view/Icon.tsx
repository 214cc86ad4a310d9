/** The few drawn signs, each by its path. */

const PATHS = {
  close: "m6 6 12 12M18 6 6 18",
  back: "M19 12H5.5M11 6l-6 6 6 6",
  past: "M4.5 7h15M4.5 12h15M4.5 17h9",
  send: "M12 19V5.5M6 11l6-6 6 6",
} as const;

/** Draw one; the words beside it are the caller's. */
export function Icon({ name }: { name: keyof typeof PATHS }) {
  return <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path d={PATHS[name]} /></svg>;
}

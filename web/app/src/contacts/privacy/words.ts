/** Words about erasing. Pure. */

/** Whether *typed* is *name*, as far as a careful person would say so. */
export function isTyped(typed: string, name: string): boolean {
  return typed.trim().toLocaleLowerCase() === name.trim().toLocaleLowerCase();
}

/** What was removed and how much of it, the most first; "desk_messages" is "Messages". */
export function countWords(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]): [string, number] => [sentence(name.replace(/^desk_/, "")), count])
    .sort(([, a], [, b]) => b - a);
}

function sentence(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Who did something, as the server writes it down, in words. Pure. */

/** Say *by*, such as "agent 17": the reader, whose id is *own*, is "you". */
export function whoWords(by: string, own: string | undefined): string {
  return own !== undefined && by === `agent ${own}` ? "you" : by;
}

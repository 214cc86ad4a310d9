/** Long names without spaces, such as paths, that break where a reader would break them. */
import { Fragment } from "preact";

/** Show *text*; a line may end behind each *after* in it. */
export function Breakable({ text, after }: { text: string; after: string }) {
  return (
    <>
      {text.split(after).map((part, index) => (
        <Fragment key={index}>
          {index > 0 && (
            <>
              {after}
              <wbr />
            </>
          )}
          {part}
        </Fragment>
      ))}
    </>
  );
}

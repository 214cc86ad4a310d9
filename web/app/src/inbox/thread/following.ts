/** Staying at the newest line while the reader is there, and at their place when they are not. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";

const NEAR_PX = 80;

/** Follow the end of a pane; *first* is the number of its first line, *key* changes with its content. */
export function useFollowing(first: number, key: unknown, isWriting: boolean) {
  const pane = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const height = useRef(0);
  const before = useRef(0);
  const [away, setAway] = useState(false);
  useLayoutEffect(() => {
    const box = pane.current;
    if (!box) return;
    if (following.current || isWriting) box.scrollTop = box.scrollHeight;
    else if (first < before.current) box.scrollTop += box.scrollHeight - height.current;
    height.current = box.scrollHeight;
    before.current = first;
  }, [first, key, isWriting]);
  useLayoutEffect(() => {
    const box = pane.current;
    if (!box) return;
    // The composer grows and windows change: the newest line stays in sight.
    const watch = new ResizeObserver(() => {
      if (following.current) box.scrollTop = box.scrollHeight;
    });
    watch.observe(box);
    return () => {
      watch.disconnect();
    };
  }, []);
  const scrolled = () => {
    const box = pane.current;
    if (!box) return;
    following.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    setAway(!following.current);
  };
  const toEnd = () => pane.current?.scrollTo({ top: pane.current.scrollHeight });
  return { pane, away, scrolled, toEnd };
}

import { expect, test } from "vitest";

import { cronWords } from "./cron.ts";

test.each([
  ["* * * * *", "Every minute"],
  ["*/5 * * * *", "Every 5 minutes"],
  ["0 * * * *", "Every hour"],
  ["15 * * * *", "Every hour, 15 minutes past"],
  ["0 */6 * * *", "Every 6 hours"],
  ["@daily", "Every day at 00:00"],
  ["30 8 * * *", "Every day at 08:30"],
  ["0 9,17 * * *", "Every day at 09:00 and 17:00"],
  ["0 9 * * 1-5", "Monday to Friday at 09:00"],
  ["0 9 * * mon,THU", "Every Monday and Thursday at 09:00"],
  ["0 9 * * 7", "Every Sunday at 09:00"],
  ["30 2 1 * *", "On day 1 of the month at 02:30"],
  ["0 0 1 1 *", "On day 1 of January at 00:00"],
  ["*/10 * * * 6,0", "Every 10 minutes, every Saturday and Sunday"],
])("%s is %j", (cron, words) => {
  expect(cronWords(cron)).toBe(words);
});

test.each(["0 0 1 * 1", "0 0 L * *", "1-7 3 * * *", "0 0 * * 1#2", "0 0 0 * * *", "", "at noon"])(
  "%j has no short words, so it stays",
  (cron) => {
    expect(cronWords(cron)).toBe(cron);
  },
);

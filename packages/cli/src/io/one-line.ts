/** Messages for logs and tables. */

/** A message of several lines on one. */
export function oneLine(message: string): string {
  return message.replaceAll(/\s*\n\s*/g, ' ')
}

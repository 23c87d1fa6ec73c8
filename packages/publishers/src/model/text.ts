/** Text that databases keep as it is. PostgreSQL stores neither NUL nor half of a character. */

/** Whether a database keeps a text as it is: it is in no row otherwise. */
export const isStorable = (text: string): boolean => !/[\0\p{Cs}]/u.test(text)

/** A text of at most `longest` characters that a database keeps, for what is only shown. */
export function shorten(text: string, longest: number): string {
  const points = Array.from(text.slice(0, 2 * longest + 2).replace(/[\0\p{Cs}]/gu, '\uFFFD'))
  return points.length > longest ? `${points.slice(0, longest - 1).join('')}…` : points.join('')
}

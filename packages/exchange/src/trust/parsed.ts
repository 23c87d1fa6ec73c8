/**
 * The value of JSON; `undefined` for any other text. The errors of `JSON.parse` quote their input,
 * which may hold private keys.
 */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

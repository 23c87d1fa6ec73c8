/** The texts that octo-sts takes in subjects and audiences, whatever a policy says. */

const unsafe = '"\'`\\<>;&$(){}[]'
const longest = 255

/** Whether a text may be a subject; `more` are characters that are refused too. */
export function isSafeText(text: string, more = ''): boolean {
  const isPrintable = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u.test(text)
  return isPrintable && Array.from(text).length <= longest && !Array.from(unsafe + more).some((c) => text.includes(c))
}

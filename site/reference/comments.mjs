/** Comments as typedoc's themes show them. */

import { Comment } from 'typedoc'

/** Writes `@throws {TypeError} for …` as text, several in one list. */
export function nameErrors(comment) {
  const throws = comment.blockTags.filter(
    ({ tag, typeAnnotation }) => tag === '@throws' && typeAnnotation !== undefined,
  )
  if (throws.length === 0) return
  const items = throws.map(({ typeAnnotation, content }) => {
    const [, type] = /^\{(\w+)\}$/.exec(typeAnnotation)
    return [{ kind: 'text', text: `${throws.length > 1 ? '- ' : ''}\`${type}\` ` }, ...trimmed(content)]
  })
  const [first] = throws
  first.content = items.flatMap((item, index) => (index === 0 ? item : [{ kind: 'text', text: '\n' }, ...item]))
  for (const tag of throws) delete tag.typeAnnotation
  comment.blockTags = comment.blockTags.filter((tag) => tag === first || !throws.includes(tag))
}

/** Comment text without the line break at its end. */
function trimmed(content) {
  const last = content.at(-1)
  return last?.kind === 'text' ? [...content.slice(0, -1), { ...last, text: last.text.trimEnd() }] : content
}

/** A comment of one text. */
export function commentOf(content) {
  return new Comment([{ kind: 'text', text: content }])
}

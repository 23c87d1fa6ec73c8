/** What a glob of a rule matches, for tests: the documented meaning, as a regular expression. */
export function decidesGlob(glob: string, text: string): boolean {
  const segments = glob.split('/')
  const last = segments.length - 1
  const source = segments.map((segment, index) => {
    if (segment === '**') return index === last ? '[^/]+(?:/[^/]+)*' : '(?:[^/]+/)*'
    const inner = segment === '*' ? '[^/]+' : segment.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')
    return index === last ? inner : `${inner}/`
  })
  return new RegExp(`^${source.join('')}$`, 'su').test(text)
}

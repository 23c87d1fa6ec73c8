/** Draws the pictures of the pages, which Graphviz lays out, as SVG. */

import { instance } from '@viz-js/viz'

/** Graphviz measures text as Helvetica, so a font of the same widths is first. */
const font = 'Helvetica,Arial,sans-serif'
const ink = '#1f2937'

/** The look of all pictures; a source overrides it where it has to. */
const look = {
  graphAttributes: { bgcolor: 'transparent', pad: 0.2, nodesep: 0.2, ranksep: 0.28 },
  nodeAttributes: {
    shape: 'box',
    style: 'rounded,filled',
    fontname: 'Helvetica',
    fontsize: 14,
    fontcolor: ink,
    color: '#64748b',
    fillcolor: '#eff6ff',
    height: 0.3,
    margin: '0.16,0.08',
  },
  edgeAttributes: { fontname: 'Helvetica', fontsize: 13, fontcolor: ink, color: '#64748b', arrowsize: 0.7 },
}

const viz = instance()

/**
 * Draws one picture from the text of a `.dot` file. The comment at the head of the file describes
 * the picture for readers who do not see it.
 *
 * @throws {Error} If the text is not valid, or lacks the description.
 */
export async function drawPicture(source: string): Promise<string> {
  const description = descriptionOf(source)
  const drawn = (await viz).renderString(source, { format: 'svg', ...look })
  const [, width = '', height = ''] = /<svg width="(\d+)pt" height="(\d+)pt"/.exec(drawn) ?? []
  const body = drawn
    .slice(drawn.indexOf('<g '))
    .replaceAll(/<!--.*?-->\n|<title>.*?<\/title>\n/gs, '')
    .replaceAll(/font-family="Helvetica,sans-Serif"/g, `font-family="${font}"`)
  // Its own background, so that the picture is readable on a dark page.
  const background = `<rect x="0.5" y="0.5" width="${Number(width) - 1}" height="${Number(height) - 1}" rx="10" fill="#fff" stroke="#d1d5db"/>`
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`,
    `<title>${description}</title>`,
    background,
    body,
  ].join('\n')
}

/** The text of the comment at the head of a source: the picture's alternative text. */
function descriptionOf(source: string): string {
  const lines = source.split('\n')
  const end = lines.findIndex((line) => !line.startsWith('// '))
  if (end <= 0) throw new Error('a picture must begin with a comment that describes it')
  const text = lines.slice(0, end).map((line) => line.slice('// '.length))
  return text.join(' ').replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

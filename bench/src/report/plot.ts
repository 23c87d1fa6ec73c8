/** Line plots as SVG, both axes in powers of ten. */

interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface Plot {
  readonly title: string
  readonly x: string
  readonly y: string
  readonly lines: readonly Line[]
}

const width = 760
const height = 420
const box = { left: 70, right: 250, top: 44, bottom: 52 }
const colours = ['#1f6feb', '#d1572a', '#2f8f4e', '#8a4fbf', '#a07800', '#5b6470', '#c2356b']

/** Draws a plot. */
export function plot({ title, x, y, lines }: Plot): string {
  const points = lines.flatMap((line) => line.points)
  const across = axis(
    points.map(([value]) => value),
    box.left,
    width - box.right,
  )
  const up = axis(
    points.map(([, value]) => value),
    height - box.bottom,
    box.top,
  )
  const grid = [
    ...across.ticks.map((value) => {
      const at = across.place(value)
      return `${stroke(at, box.top, at, height - box.bottom)}${text(at, height - box.bottom + 18, number(value), 'middle')}`
    }),
    ...up.ticks.map((value) => {
      const at = up.place(value)
      return `${stroke(box.left, at, width - box.right, at)}${text(box.left - 8, at + 4, number(value), 'end')}`
    }),
  ]
  const drawn = lines.map((line, index) => {
    const colour = colours[index % colours.length] ?? '#333'
    const places = line.points.map(([px, py]) => [round(across.place(px)), round(up.place(py))] as const)
    const legend = box.top + 10 + index * 20
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.map((place) => place.join()).join(' ')}"/>`,
      ...places.map(([px, py]) => `<circle cx="${px}" cy="${py}" r="3" fill="${colour}"/>`),
      `<rect x="${width - box.right + 14}" y="${legend - 9}" width="10" height="10" fill="${colour}"/>`,
      text(width - box.right + 30, legend, line.name, 'start'),
    ].join('')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#333">
<rect width="${width}" height="${height}" fill="#fff"/>
${text(box.left, 24, title, 'start', 15)}
${grid.join('\n')}
${drawn.join('\n')}
${text((box.left + width - box.right) / 2, height - 12, x, 'middle')}
<g transform="rotate(-90 18 ${height / 2})">${text(18, height / 2, y, 'middle')}</g>
</svg>
`
}

/** Maps values to coordinates; the ends are powers of ten. */
function axis(
  values: readonly number[],
  from: number,
  to: number,
): { readonly ticks: readonly number[]; readonly place: (value: number) => number } {
  const low = Math.floor(Math.log10(Math.min(...values)) + 1e-9)
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9))
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
    place: (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
  }
}

const round = (value: number): number => Math.round(value * 10) / 10

const number = (value: number): string =>
  value >= 1 ? value.toLocaleString('en') : String(Number(value.toPrecision(1)))

function stroke(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="#ddd"/>`
}

function text(x: number, y: number, words: string, anchor: string, size = 12): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-size="${size}">${escaped}</text>`
}

/** Where the site is published: GitHub Pages of the repository. */

export const origin = 'https://jobpass.github.io'
/** The path of the site, which its links begin with. */
export const base = '/jobpass/'

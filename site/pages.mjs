// @ts-check
// The pages of the site: which Markdown of the repository becomes which page, and what its links lead to there.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const repository = fileURLToPath(new URL('..', import.meta.url))
const own = 'packages/migration-proof'

/**
 * @typedef {object} Page
 * @property {string} path where it is on the site, such as `rules/pk-nullable.md`
 * @property {string} source where it is in the repository
 * @property {string} title
 * @property {string} text
 */

/** What is shown beside the docs of the package. */
const others = [
  ['site/index.md', 'index.md'],
  ['site/start.md', 'start.md'],
  [`${own}/README.md`, 'guide.md'],
  [`${own}/CHANGELOG.md`, 'changelog.md'],
  ['docs/architecture.md', 'internals/architecture.md'],
  ['docs/decisions.md', 'internals/decisions.md'],
]

/**
 * Every page, with links between pages as the site has them. A link to a file that is no page becomes its text: the site has no
 * address of the sources.
 *
 * @returns {Page[]}
 */
export function listPages() {
  const docs = join(repository, own, 'docs')
  const files = readdirSync(docs, { recursive: true, encoding: 'utf8' }).map((file) =>
    file.split(sep).join('/'),
  )
  const sources = [
    ...others,
    ...files.filter((file) => file.endsWith('.md')).map((file) => [`${own}/docs/${file}`, file]),
  ]
  const paths = new Map(sources.map(([source = '', path = '']) => [source, path]))
  return sources.map(([source = '', path = '']) => {
    const text = rewriteLinks(readFileSync(join(repository, source), 'utf8'), source, path, paths)
    const [, title = path] = /^# (.+)$/m.exec(text) ?? []
    return { path, source, title, text }
  })
}

/** The pictures that pages show, from the folder of the docs. */
export function listPictures() {
  const docs = join(repository, own, 'docs')
  return readdirSync(docs)
    .filter((file) => /\.(png|svg)$/.test(file))
    .map((file) => ({ path: file, source: join(docs, file) }))
}

/**
 * @param {string} text
 * @param {string} source
 * @param {string} path
 * @param {ReadonlyMap<string, string>} paths
 */
function rewriteLinks(text, source, path, paths) {
  const pictures = new Map(
    listPictures().map((picture) => [
      relative(repository, picture.source).split(sep).join('/'),
      picture.path,
    ]),
  )
  // Code is left as it is.
  return text
    .split(/(^```[\s\S]*?^```$)/m)
    .map(rewrite)
    .join('')

  /** @param {string} part @param {number} index */
  function rewrite(part, index) {
    if (index % 2 === 1) return part
    return part.replaceAll(
      /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g,
      (whole, picture, label, target) => {
        if (/^(https?:|#|\.\/)/.test(target)) return whole
        const [file = '', anchor] = target.split('#')
        const linked = posix.normalize(posix.join(dirname(source), file))
        const found = picture === '' ? paths.get(linked) : pictures.get(linked)
        if (found === undefined) {
          if (!existsSync(join(repository, linked)))
            throw new Error(`${source}: no file for the link ${target}`)
          return picture === '' ? label : ''
        }
        const address = posix.relative(posix.dirname(path), found)
        const shown = address.startsWith('.') ? address : `./${address}`
        return `${picture}[${label}](${shown}${anchor === undefined ? '' : `#${anchor}`})`
      },
    )
  }
}

/**
 * The id of a heading, as GitHub makes it, so that one link serves both.
 *
 * @param {string} text
 */
export function slugOf(text) {
  return text
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-')
}

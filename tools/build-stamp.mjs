// @ts-check
/**
 * Records from which sources dist/ was built, so that nothing is bundled twice. Contents are compared, not times: an
 * edited source, another version of a bundled package or a changed bundle is always noticed.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The name of the stamp in dist/. It is not published. */
export const stampName = 'build-stamp.json'

/**
 * @typedef {object} Stamp
 * @property {string} sources the hash of everything that the build reads
 * @property {Record<string, string>} files the hash of each file that it wrote, by path
 */

/**
 * @param {string} root
 * @param {object} pack
 * @param {string} pack.folder of the package
 * @param {readonly string[]} pack.licensed the packages whose code its bundles contain, and the bundler
 */
export function hashSources(root, { folder, licensed }) {
  const list = (/** @type {string} */ whole) =>
    readdirSync(whole, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  const files = [
    ...list(join(folder, 'src')),
    ...list(join(root, 'tools')).filter((path) => /\bbuild[\w-]*\.mjs$/.test(path)),
    join(folder, 'package.json'),
    join(root, 'package.json'),
    join(root, 'tsconfig.json'),
    ...licensed.map((name) => join(root, 'node_modules', name, 'package.json')),
  ].sort()
  const hash = createHash('sha256')
  for (const path of files) hash.update(`${path.slice(root.length)}\0${hashFile(path)}\n`)
  return hash.digest('hex')
}

/**
 * The paths that the build wrote, if it used these sources and no file has changed since; otherwise null.
 *
 * @param {string} dist
 * @param {string} sources
 */
export function readMade(dist, sources) {
  const path = join(dist, stampName)
  if (!existsSync(path)) return null
  /** @type {Stamp} */
  const stamp = JSON.parse(readFileSync(path, 'utf8'))
  const made = Object.entries(stamp.files)
  const isWhole = made.every(
    ([name, hash]) => existsSync(join(dist, name)) && hashFile(join(dist, name)) === hash,
  )
  return stamp.sources === sources && isWhole ? made.map(([name]) => join(dist, name)) : null
}

/**
 * @param {string} dist
 * @param {string} sources as they were before the build began
 * @param {readonly string[]} files
 */
export function writeStamp(dist, sources, files) {
  const hashes = files.map((path) => [path.slice(dist.length), hashFile(path)])
  const draft = join(dist, `${stampName}.${process.pid}.tmp`)
  writeFileSync(draft, `${JSON.stringify({ sources, files: Object.fromEntries(hashes) })}\n`)
  renameSync(draft, join(dist, stampName))
}

/** @param {string} path */
function hashFile(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

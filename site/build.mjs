#!/usr/bin/env node
// @ts-check
/**
 * Builds the site into site/dist, which any static host takes at any path: `npm run site` installs VitePress first.
 *
 *   --no-report   leaves out the report of this repository, which takes the longest
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listPages, listPictures, repository } from './pages.mjs'

const folder = fileURLToPath(new URL('.', import.meta.url))
const staged = join(folder, '.pages')
const built = join(folder, 'dist')
const mark = '/__base__/'

const pages = listPages()
rmSync(staged, { recursive: true, force: true })
for (const { path, text } of pages) write(join(staged, path), text)
for (const { path, source } of listPictures()) cpSync(source, join(staged, path))

process.env.SITE_BASE = mark
const { build } = await import('vitepress')
await build(folder)
for (const file of readdirSync(built, { recursive: true, encoding: 'utf8' }))
  makeRelative(file.split(sep).join('/'))
writeTexts()
if (!process.argv.includes('--no-report')) makeReport()

/**
 * Replaces the base by the way from a page to the top. What a script makes of it is known when the page is loaded.
 *
 * @param {string} file
 */
function makeRelative(file) {
  if (!/\.(html|js|css)$/.test(file)) return
  const path = join(built, file)
  const text = readFileSync(path, 'utf8')
  // The page of a missing address is served anywhere: it keeps the top of the host.
  const up = file === '404.html' ? '/' : `${posix.relative(posix.dirname(file), '.') || '.'}/`
  writeFileSync(path, file.endsWith('.js') ? inScript(text) : inPage(text, file, up))
}

/** @param {string} text */
function inScript(text) {
  // The index of the search is JSON in one string.
  const [, quote = ''] = /^const \w+=([`'])\{"documentCount"/.exec(text) ?? []
  const known =
    quote === ''
      ? text.replaceAll(`"${mark}"`, '(globalThis.__base)').replaceAll(`"${mark}`, '(globalThis.__base)+"')
      : text.replaceAll(mark, `${quote}+globalThis.__base+${quote}`)
  if (known.includes(mark)) throw new Error(`expected the base in double quotes, found ${excerptOf(known)}`)
  return known
}

/** @param {string} text @param {string} file @param {string} up */
function inPage(text, file, up) {
  if (!file.endsWith('.html')) return text.replaceAll(mark, up)
  const set = `<script>globalThis.__base=new URL(${JSON.stringify(up)},location.href).pathname</script>`
  return text
    .replace('<head>', `<head>${set}`)
    .replaceAll(`\\"base\\":\\"${mark}\\"`, '\\"base\\":"+JSON.stringify(globalThis.__base)+"')
    .replaceAll(mark, up)
}

/** @param {string} text */
function excerptOf(text) {
  const at = text.indexOf(mark)
  return text.slice(Math.max(0, at - 40), at + 40)
}

/** For programs that read text: each page as Markdown, and a list of them by https://llmstxt.org. */
function writeTexts() {
  const { description } = JSON.parse(
    readFileSync(join(repository, 'packages/migration-proof/package.json'), 'utf8'),
  )
  const named = pages.filter(({ path }) => path !== 'index.md')
  for (const { path, text } of named) write(join(built, path), text)
  const lines = named.map(({ path, title, text }) => `- [${title}](${path}): ${firstSentence(text)}`)
  write(join(built, 'llms.txt'), `# migration-proof\n\n> ${description}\n\n## Docs\n\n${lines.join('\n')}\n`)
}

/** @param {string} text */
function firstSentence(text) {
  const [, paragraph = ''] =
    /^(?!#|```|\||-|<)(\S[\s\S]*?)(?:\n\n|(?![\s\S]))/m.exec(text.replace(/^# .+\n/, '')) ?? []
  const [sentence = ''] = paragraph
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .split(/(?<=[.:]) (?=[A-Z])/)
  return sentence
}

/** The report of this repository, as a live example: what takes minutes is left out, and the page says so. */
function makeReport() {
  const command = join(repository, 'packages/migration-proof/dist/cli/main.cjs')
  const parts = 'history,contracts,upgrades,findings,engines'
  const { status, stderr } = spawnSync(
    process.execPath,
    [command, 'report', '--parts', parts, '--output', join(built, 'example.html')],
    { cwd: repository, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`The report: expected exit code 0, found ${status}: ${stderr}`)
}

/** @param {string} path @param {string} text */
function write(path, text) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

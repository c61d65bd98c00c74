#!/usr/bin/env node
// @ts-check
/**
 * Bundles src/ into dist/, unless dist/ was made from the same sources, and replaces only files that changed, so that
 * it may run before every command. By itself it makes only the JavaScript. With --package it also makes the type
 * declarations and removes what earlier builds left.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { hashSources, readMade, stampName, writeStamp } from './build-stamp.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

/** What the package offers to code. */
const doors = ['migrations/index.ts', 'harness/index.ts', 'harness/faults/index.ts']

const target = 'node20.19'

/**
 * Makes the JavaScript, unless it is there already. Every `src/…/NAME.worker.ts` becomes `dist/…/NAME.worker.js`.
 *
 * @returns the path of each file
 */
export async function build() {
  const sources = hashSources(root, licensed)
  const made = readMade(dist, sources)
  if (made !== null) return made
  const files = await bundle()
  for (const { path, contents } of files) writeChanged(path, contents)
  const paths = files.map(({ path }) => path)
  writeStamp(dist, sources, paths)
  return paths
}

async function bundle() {
  const made = await Promise.all([bundleModules(), bundleCommandLine(), bundlePage()])
  return [...made.flat(), pageStyle(), ...licensed.map(licenseOf)]
}

/**
 * Loads the bundler only where something is to be bundled: it takes longer than to see that nothing is.
 *
 * @param {import('rolldown').InputOptions} input
 * @param {import('rolldown').OutputOptions} output
 */
async function runBundler(input, output) {
  const { build } = await import('rolldown')
  const made = await build({ cwd: root, ...input, output, write: false })
  return made.output.map((file) => ({
    path: join(dist, file.fileName),
    contents: Buffer.from(file.type === 'chunk' ? file.code : file.source),
  }))
}

/** What the package offers to code, and what threads run, as modules. */
function bundleModules() {
  const paths = [...doors.filter((path) => existsSync(join(root, 'src', path))), ...findWorkers()]
  return runBundler(
    {
      input: Object.fromEntries(paths.map((path) => [path.replace(/\.ts$/, ''), `src/${path}`])),
      external: listPackages().map(importOf),
      platform: 'node',
      transform: { target },
    },
    // As deep as dist/harness: a relative URL means the same in a chunk and in the file it came from.
    { format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
  )
}

/**
 * The command line is CommonJS: Node 20 starts that in half the time that it needs for modules. What is imported
 * dynamically, such as each command, is in files of its own that are read when they are needed. What Node brings is
 * imported by name: of a default import the bundler makes a copy each time, which takes longer than to read a file.
 */
function bundleCommandLine() {
  return runBundler(
    {
      input: { 'cli/main': 'src/cli/main.ts' },
      external: listPackages()
        .filter((name) => !bundledPackages.includes(name))
        .map(importOf),
      platform: 'node',
      transform: { target },
    },
    // Beside the entry point: a relative URL means the same in a chunk. What is said to readers is not loaded.
    { format: 'cjs', comments: false, entryFileNames: '[name].cjs', chunkFileNames: 'cli/[name]-[hash].cjs' },
  )
}

/** What the page of the report runs, as one file without imports. */
function bundlePage() {
  return runBundler(
    {
      input: { 'cli/report-page': 'src/harness/report/html/page/script.ts' },
      platform: 'browser',
      transform: { target: 'es2022' },
    },
    { format: 'esm', entryFileNames: '[name].js', minify: true },
  )
}

function pageStyle() {
  return {
    path: join(dist, 'cli', 'report-page.css'),
    contents: readFileSync(join(root, 'src/harness/report/html/page/style.css')),
  }
}

/** Packages that the command line carries with it, so that whoever installs it need not. */
const bundledPackages = [
  'citty',
  'zod',
  'preact',
  'preact-render-to-string',
  '@dagrejs/dagre',
  '@dagrejs/graphlib',
]

/** The bundler adds helpers of its own for what Node 20 does not know, such as `using`. */
const licensed = [...bundledPackages, 'rolldown']

/** @param {string} name */
function licenseOf(name) {
  const file = `${name.replace(/^@/, '').replaceAll('/', '-')}-LICENSE.txt`
  return {
    path: join(dist, 'cli', file),
    contents: readFileSync(join(root, 'node_modules', name, 'LICENSE')),
  }
}

function listPackages() {
  /** @type {Record<string, Record<string, string>>} */
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return Object.keys({ ...dependencies, ...devDependencies })
}

/** @param {string} name */
function importOf(name) {
  return new RegExp(`^${name}(/|$)`)
}

function findWorkers() {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.worker.ts'))
    .sort()
}

/**
 * A process that started before may still read the old file, so the new one takes its place in one step.
 *
 * @param {string} path
 * @param {Uint8Array} contents
 */
function writeChanged(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.tmp`
  // `npx` runs the command line of a clone as a program.
  writeFileSync(draft, contents, { mode: path.endsWith('.cjs') ? 0o755 : 0o644 })
  renameSync(draft, path)
}

function declareTypes() {
  const compiler = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')))
  const { status, stdout } = spawnSync(
    process.execPath,
    [compiler, '-p', 'tsconfig.build.json', '--listEmittedFiles'],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  )
  if (status !== 0) throw new Error(`The types are wrong:\n${stdout}`)
  return [...stdout.matchAll(/^TSFILE: +(.+)$/gm)].map(([, path]) => resolve(root, path ?? ''))
}

/** @param {string[]} made */
function removeAllBut(made) {
  const keep = new Set(made)
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && !keep.has(path)) rmSync(path)
  }
}

async function main() {
  const { parseArgs } = await import('node:util')
  const { values } = parseArgs({ options: { package: { type: 'boolean', default: false } } })
  const scripts = await build()
  if (values.package) removeAllBut([...scripts, ...declareTypes(), join(dist, stampName)])
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main().catch((/** @type {unknown} */ error) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}

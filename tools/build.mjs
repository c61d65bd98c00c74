#!/usr/bin/env node
// @ts-check
/**
 * Bundles src/ into dist/, unless dist/ was made from the same sources, and replaces only files that changed, so that
 * it may run before every command. By itself it makes only the JavaScript. With --package it also makes the type
 * declarations and removes what earlier builds left.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { hashSources, readMade, stampName, writeStamp } from './build-stamp.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

/** What the package offers to code. */
const doors = ['migrations/index.ts', 'harness/index.ts', 'harness/faults/index.ts']

/** @satisfies {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  outbase: 'src',
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
}

/**
 * Makes the JavaScript, unless it is there already. Every `src/…/NAME.worker.ts` becomes `dist/…/NAME.worker.js`.
 *
 * @returns the path of each file
 */
export async function build() {
  const sources = hashSources(root, ['esbuild', ...bundledPackages])
  const made = readMade(dist, sources)
  if (made !== null) return made
  const files = await bundle()
  for (const { path, contents } of files) writeChanged(path, contents)
  const paths = files.map(({ path }) => path)
  writeStamp(dist, sources, paths)
  return paths
}

async function bundle() {
  const results = await Promise.all([buildModules(), buildCommandLine(), buildPage()])
  const made = results.flatMap(({ outputFiles }) => outputFiles)
  return [...made, ...bundledPackages.map(licenseOf)]
}

/**
 * Loads esbuild only where something is to be bundled: it takes longer than to see that nothing is.
 *
 * @param {import('esbuild').BuildOptions} options
 */
async function runEsbuild(options) {
  const esbuild = await import('esbuild')
  return esbuild.build({ ...options, write: false })
}

function buildModules() {
  return runEsbuild({
    ...common,
    entryPoints: [...doors.filter((path) => existsSync(join(root, 'src', path))), ...findWorkers()].map(
      (path) => `src/${path}`,
    ),
    // As deep as dist/harness: a relative URL means the same in a chunk and in the file it came from.
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    packages: 'external',
    format: 'esm',
  })
}

/** What the page of the report runs, and how it looks, each as one file without imports. */
function buildPage() {
  return runEsbuild({
    ...common,
    platform: 'browser',
    target: 'es2022',
    sourcemap: false,
    minify: true,
    entryPoints: [
      { in: 'src/harness/report/html/page/script.ts', out: 'cli/report-page' },
      { in: 'src/harness/report/html/page/style.css', out: 'cli/report-page' },
    ],
    format: 'esm',
  })
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

/** @param {string} name */
function licenseOf(name) {
  const file = `${name.replace(/^@/, '').replaceAll('/', '-')}-LICENSE.txt`
  return {
    path: join(dist, 'cli', file),
    contents: readFileSync(join(root, 'node_modules', name, 'LICENSE')),
  }
}

/**
 * The command line is CommonJS, a file for each command: Node 20 starts that in half the time that it needs for
 * modules, and reads no code of another command. What a command imports dynamically, with the libraries that
 * only that needs, is loaded when it comes to it.
 */
async function buildCommandLine() {
  /** @type {string[]} */
  const commands = []
  const main = await buildCommonJs(['src/cli/main.ts'], [keepCommandsApart(commands)])
  /** @type {Set<string>} */
  const parts = new Set()
  const others = await buildCommonJs(commands, [keepLazyPartsApart(parts)])
  const lazy = await buildCommonJs([...parts], [])
  return { outputFiles: [main, others, lazy].flatMap(({ outputFiles }) => outputFiles) }
}

/**
 * @param {string[]} entryPoints
 * @param {import('esbuild').Plugin[]} plugins
 */
function buildCommonJs(entryPoints, plugins) {
  return runEsbuild({
    ...common,
    entryPoints,
    outExtension: { '.js': '.cjs' },
    plugins,
    external: externalPackages(),
    format: 'cjs',
    define: { 'import.meta.url': 'moduleUrl' },
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href" },
  })
}

/**
 * Leaves each command that the list of commands imports in a file of its own.
 *
 * @param {string[]} found where the entry point of each is put
 * @returns {import('esbuild').Plugin}
 */
function keepCommandsApart(found) {
  return {
    name: 'commands',
    setup({ onResolve, initialOptions }) {
      // Import as require: the loader of ES modules alone takes as long as a small command.
      initialOptions.supported = { 'dynamic-import': false }
      onResolve({ filter: /\.ts$/ }, ({ path, kind, importer }) => {
        if (kind !== 'dynamic-import' || !importer.endsWith('commands.ts')) return undefined
        found.push(`src/cli/${path}`)
        return { path: path.replace(/\.ts$/, '.cjs'), external: true }
      })
    },
  }
}

/**
 * Leaves each `src/cli/…/NAME.lazy.ts` in a file of its own, which is not even read before it is needed.
 *
 * @param {Set<string>} found where the entry point of each is put
 * @returns {import('esbuild').Plugin}
 */
function keepLazyPartsApart(found) {
  return {
    name: 'lazy parts',
    setup({ onResolve }) {
      onResolve({ filter: /\.lazy\.ts$/ }, ({ path, kind, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined
        const part = relative(join(root, 'src', 'cli'), join(resolveDir, path)).replaceAll('\\', '/')
        found.add(`src/cli/${part}`)
        return { path: `./${part.replace(/\.ts$/, '.cjs')}`, external: true }
      })
    },
  }
}

/** The packages that stay outside of the command line's bundle: a list, since asking a plugin for each import is slow. */
function externalPackages() {
  /** @type {Record<string, Record<string, string>>} */
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return Object.keys({ ...dependencies, ...devDependencies }).filter(
    (name) => !bundledPackages.includes(name),
  )
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

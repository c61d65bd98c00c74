#!/usr/bin/env node
// @ts-check
/**
 * Bundles src/ of both packages into dist/, the harness first, unless dist/ was built from the same sources, and replaces
 * only files that changed, so that it can run before every command. By default it writes only the JavaScript. With
 * --package it also writes the type declarations and removes what earlier builds left.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { hashSources, readMade, stampName, writeStamp } from './build-stamp.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

const target = 'node20.19'

/**
 * @typedef {object} Package
 * @property {string} folder
 * @property {readonly string[]} licensed packages whose code its bundles contain
 * @property {(pack: Package) => Promise<Output[]>} bundle
 * @property {(pack: Package) => string[]} declare writes the type declarations, and returns their paths
 */

/** @typedef {{ readonly path: string, readonly contents: Buffer }} Output */

/** Packages bundled into the command line of the harness, so that its users need not install them. */
const bundledPackages = [
  'citty',
  'zod',
  'preact',
  'preact-render-to-string',
  '@dagrejs/dagre',
  '@dagrejs/graphlib',
]

/** The tools whose migrations the harness reads, each an entry of its own. */
const tools = [
  'after-tool',
  'd1',
  'dbmate',
  'drizzle',
  'folder',
  'golang-migrate',
  'goose',
  'knex',
  'kysely',
  'mikro-orm',
  'prisma',
  'sqlx',
  'typeorm',
  'umzug',
]

/** What projects import of the harness. */
const entries = [
  'index.ts',
  'behaviour/index.ts',
  'compatibility/index.ts',
  'faults/index.ts',
  ...tools.map((tool) => `history/${tool}.ts`),
  ...['vitest', 'node-test', 'bun'].map((name) => `test-runners/${name}.ts`),
]

/** @type {Package} */
const harness = {
  folder: join(root, 'packages', 'migration-proof'),
  // The bundler adds helpers of its own for what Node 20 does not support, such as `using`.
  licensed: [...bundledPackages, 'rolldown'],
  bundle: async (pack) => {
    const made = await Promise.all([
      bundleModules(pack, [...entries, ...findPrograms(pack)]),
      bundleCommandLine(pack, { 'cli/main': 'src/cli/main.ts', 'cli/index': 'src/cli/index.ts' }),
      bundleForJest(pack),
      bundlePage(pack),
    ])
    return [
      ...made.flat(),
      commandLineModule(pack),
      pageStyle(pack),
      ...pack.licensed.map((name) => licenseOf(pack, name)),
    ]
  },
  declare: (pack) => [...declareTypes(pack), declareCommandLine(pack), declareForJest(pack)],
}

/** @type {Package} */
const subject = {
  folder: root,
  licensed: ['rolldown'],
  bundle: async (pack) => {
    const made = await Promise.all([
      bundleModules(pack, ['migrations/index.ts']),
      bundleConfig(pack),
      bundleCommandLine(pack, { cli: 'src/cli.ts' }),
    ])
    return made.flat()
  },
  declare: declareTypes,
}

/**
 * Bundles both packages, unless their bundles are up to date. Every `src/…/NAME.worker.ts` becomes
 * `dist/…/NAME.worker.js`, and every `NAME.program.ts`, which runs in a process of its own, `NAME.program.js`.
 */
export async function build() {
  await buildPackage(harness)
  await buildPackage(subject)
}

/**
 * @param {Package} pack
 * @returns the path of each file
 */
async function buildPackage(pack) {
  const dist = join(pack.folder, 'dist')
  const sources = hashSources(root, pack)
  const made = readMade(dist, sources)
  if (made !== null) return made
  const files = await pack.bundle(pack)
  for (const { path, contents } of files) writeChanged(path, contents)
  const paths = files.map(({ path }) => path)
  writeStamp(dist, sources, paths)
  return paths
}

/**
 * Loads the bundler only when something must be bundled: loading it takes longer than checking that.
 *
 * @param {Package} pack
 * @param {import('rolldown').InputOptions} input
 * @param {import('rolldown').OutputOptions} output
 */
async function runBundler({ folder }, input, output) {
  const { build } = await import('rolldown')
  const made = await build({ cwd: folder, ...input, output, write: false })
  return made.output.map((file) => ({
    path: join(folder, 'dist', file.fileName),
    contents: Buffer.from(file.type === 'chunk' ? file.code : file.source),
  }))
}

/**
 * The library of a package and the code of its threads, as modules.
 *
 * @param {Package} pack
 * @param {readonly string[]} paths
 */
function bundleModules(pack, paths) {
  return runBundler(
    pack,
    {
      input: Object.fromEntries(paths.map((path) => [path.replace(/\.ts$/, ''), `src/${path}`])),
      external: [...listPackages(pack).map(importOf), 'bun:test'],
      platform: 'node',
      transform: { target },
    },
    // As deep as the folders of src: a relative URL means the same in a chunk and in the file it came from.
    { format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
  )
}

/**
 * The config of the root's bin, with the little that it uses of the harness: loading the whole library would take longer
 * than `inspect` itself.
 *
 * @param {Package} pack
 */
function bundleConfig(pack) {
  return runBundler(
    pack,
    {
      input: { 'suite/index': 'src/suite/index.ts' },
      external: listPackages(pack)
        .filter((name) => name !== 'migration-proof')
        .map(importOf),
      tsconfig: join(root, 'tsconfig.json'),
      platform: 'node',
      transform: { target },
    },
    { format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'suite/[name]-[hash].js' },
  )
}

/**
 * The command line is CommonJS: Node 20 starts that in half the time that it needs for modules. What is imported
 * dynamically, such as each command, is in files of its own that are read only when needed. Modules of Node are imported
 * by name: the bundler copies a default import each time, which takes longer than reading a file.
 *
 * @param {Package} pack
 * @param {Readonly<Record<string, string>>} input
 */
function bundleCommandLine(pack, input) {
  return runBundler(
    pack,
    {
      input,
      external: listPackages(pack)
        .filter((name) => !bundledPackages.includes(name))
        .map(importOf),
      platform: 'node',
      transform: { target },
    },
    // Beside the entry point, so that a relative URL means the same in a chunk. Comments are left out, to load less.
    { format: 'cjs', comments: false, entryFileNames: '[name].cjs', chunkFileNames: 'cli/[name]-[hash].cjs' },
  )
}

/**
 * The entry for Jest, which loads CommonJS alone by default.
 *
 * @param {Package} pack
 */
function bundleForJest(pack) {
  return runBundler(
    pack,
    {
      input: { 'test-runners/jest': 'src/test-runners/jest.ts' },
      external: [...listPackages(pack).map(importOf), '@jest/globals'],
      platform: 'node',
      transform: { target },
    },
    { format: 'cjs', entryFileNames: '[name].cjs' },
  )
}

/**
 * The script of the report page, as one file without imports.
 *
 * @param {Package} pack
 */
function bundlePage(pack) {
  return runBundler(
    pack,
    {
      input: { 'cli/report-page': 'src/report/html/page/script.ts' },
      platform: 'browser',
      transform: { target: 'es2022' },
    },
    { format: 'esm', entryFileNames: '[name].js', minify: true },
  )
}

/**
 * The entry of the command line for programs that are modules.
 *
 * @param {Package} pack
 */
function commandLineModule({ folder }) {
  return {
    path: join(folder, 'dist', 'cli', 'index.js'),
    contents: Buffer.from("export { runProgram } from './index.cjs'\n"),
  }
}

/** @param {Package} pack */
function pageStyle({ folder }) {
  return {
    path: join(folder, 'dist', 'cli', 'report-page.css'),
    contents: readFileSync(join(folder, 'src/report/html/page/style.css')),
  }
}

/**
 * @param {Package} pack
 * @param {string} name
 */
function licenseOf({ folder }, name) {
  const file = `${name.replace(/^@/, '').replaceAll('/', '-')}-LICENSE.txt`
  return {
    path: join(folder, 'dist', 'cli', file),
    contents: readFileSync(join(root, 'node_modules', name, 'LICENSE')),
  }
}

/** @param {Package} pack */
function listPackages({ folder }) {
  return [join(folder, 'package.json'), join(root, 'package.json')].flatMap((file) => {
    /** @type {Record<string, Record<string, string>>} */
    const { dependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8'))
    return Object.keys({ ...dependencies, ...devDependencies })
  })
}

/** @param {string} name */
function importOf(name) {
  return new RegExp(`^${name}(/|$)`)
}

/**
 * What runs in a thread or a process of its own.
 *
 * @param {Package} pack
 */
function findPrograms({ folder }) {
  return readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.(?:worker|program)\.ts$/.test(path))
    .sort()
}

/**
 * A process that started before may still read the old file, so the new one replaces it in one step.
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

/** @param {Package} pack */
function declareTypes({ folder }) {
  const compiler = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')))
  const { status, stdout } = spawnSync(
    process.execPath,
    [compiler, '-p', 'tsconfig.build.json', '--listEmittedFiles'],
    { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  )
  if (status !== 0) throw new Error(`The types are wrong:\n${stdout}`)
  return [...stdout.matchAll(/^TSFILE: +(.+)$/gm)].map(([, path]) => resolve(folder, path ?? ''))
}

/**
 * The types of the command line for CommonJS, in one file, since CommonJS cannot import the types of a module.
 *
 * @param {Package} pack
 */
function declareCommandLine({ folder }) {
  const read = (/** @type {string} */ name) => readFileSync(join(folder, 'dist', 'cli', name), 'utf8')
  const own = read('index.d.ts').replaceAll(/^(?:import|export type) .*\n/gm, '')
  const path = join(folder, 'dist', 'cli', 'index.d.cts')
  // The functions of the other file are internal.
  const [program = ''] = read('program.d.ts').split(/^\/\*\*.*\*\/\nexport declare function/m)
  writeFileSync(path, program + own)
  return path
}

/**
 * The types of the entry for Jest, which is CommonJS and names types of modules.
 *
 * @param {Package} pack
 */
function declareForJest({ folder }) {
  const read = readFileSync(join(folder, 'dist', 'test-runners', 'jest.d.ts'), 'utf8')
  const path = join(folder, 'dist', 'test-runners', 'jest.d.cts')
  const types = read.replaceAll(
    /^((?:import|export) type .* from '.*');$/gm,
    "$1 with { 'resolution-mode': 'import' };",
  )
  writeFileSync(path, types)
  return path
}

/**
 * @param {string} dist
 * @param {string[]} made
 */
function removeAllBut(dist, made) {
  const keep = new Set(made)
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && !keep.has(path)) rmSync(path)
  }
}

async function main() {
  const { parseArgs } = await import('node:util')
  const { values } = parseArgs({ options: { package: { type: 'boolean', default: false } } })
  for (const pack of [harness, subject]) {
    const scripts = await buildPackage(pack)
    const dist = join(pack.folder, 'dist')
    if (values.package) removeAllBut(dist, [...scripts, ...pack.declare(pack), join(dist, stampName)])
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main().catch((/** @type {unknown} */ error) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}

#!/usr/bin/env node
// @ts-check
// What the action runs (action.yml): `find` says where the project keeps the results of earlier runs, and `run` runs the
// command. The project has installed the package before, with any package manager: only where there is no node_modules, as with
// Yarn PnP, its program is asked for it.
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const environment = process.env
/** Where the command runs, and from where its config is searched. */
const folder = resolve(environment.FOLDER || '.')

/**
 * The nearest of these files or folders, in a folder or above it, within the repository.
 *
 * @param {readonly string[]} names
 * @param {string} start
 */
function findAbove(names, start) {
  for (let at = start; ; at = dirname(at)) {
    const name = names.find((one) => existsSync(join(at, one)))
    if (name !== undefined) return join(at, name)
    if (existsSync(join(at, '.git')) || dirname(at) === at) return null
  }
}

const installs = new Map([
  ['pnpm-lock.yaml', 'pnpm install --frozen-lockfile'],
  ['yarn.lock', 'yarn install'],
  ['bun.lock', 'bun install --frozen-lockfile'],
  ['bun.lockb', 'bun install --frozen-lockfile'],
  ['package-lock.json', 'npm ci'],
  ['npm-shrinkwrap.json', 'npm ci'],
])

/** The words that run the package; null where it is not installed. */
function findProgram() {
  const bin = findAbove(['node_modules/migration-proof/bin/migration-proof.cjs'], folder)
  if (bin !== null) return [process.execPath, bin]
  return findAbove(['.pnp.cjs'], folder) === null ? null : ['yarn', 'run', 'migration-proof']
}

/** @param {string} sentence as an annotation, which is one line */
function refuse(sentence) {
  console.error(
    `::error title=migration-proof::${sentence.replaceAll('%', '%25').replaceAll(/[\r\n]+/g, ' ')}`,
  )
  process.exit(2)
}

/** The options of the command, from the inputs of the action. */
function readOptions() {
  const { COMMAND: command = '', CONFIG: config, BASE: base, FULL: full, OUTPUT: output } = environment
  const common = config ? ['--config', config] : []
  if (command === 'verify') return ['verify', ...common]
  if (command !== 'gate') refuse(`The input command: expected gate or verify, found '${command}'.`)
  if (full !== 'true' && full !== 'false') refuse(`The input full: expected true or false, found '${full}'.`)
  return [
    'gate',
    ...common,
    ...(output ? ['--output-dir', output] : []),
    ...(base ? ['--base', base] : []),
    ...(full === 'true' ? ['--full'] : []),
  ]
}

/**
 * @param {string} name
 * @param {string} value
 */
function setOutput(name, value) {
  if (environment.GITHUB_OUTPUT) appendFileSync(environment.GITHUB_OUTPUT, `${name}=${value}\n`)
}

const options = readOptions()
if (!existsSync(folder))
  refuse(
    `The input working-directory: expected a folder of the repository, found no '${environment.FOLDER}'.`,
  )
const program = findProgram()
if (program === null) {
  const lock = findAbove([...installs.keys()], folder)
  const install = installs.get(lock?.split(/[\\/]/).at(-1) ?? '') ?? 'npm install'
  refuse(
    'migration-proof is not installed: add it to the devDependencies of the project, and a step ' +
      `\`run: ${install}\` before this one.`,
  )
} else if (process.argv[2] === 'find') {
  const modules = findAbove(['node_modules'], folder)
  setOutput('cache', modules === null ? '' : join(modules, '.cache', 'migration-proof'))
} else {
  setOutput('folder', resolve(folder, environment.OUTPUT || '.'))
  const [first = '', ...rest] = program
  const isScript = process.platform === 'win32' && first !== process.execPath
  const { status, error } = spawnSync(first, [...rest, ...options], {
    cwd: folder,
    stdio: 'inherit',
    shell: isScript,
  })
  if (error) throw error
  setOutput('exit-code', `${status ?? 1}`)
  process.exitCode = status ?? 1
}

#!/usr/bin/env node
// @ts-check
// Packs both packages as npm would publish them, and runs publint and "are the types wrong" on the tarballs.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'package-'))

/**
 * @param {string} command
 * @param {string[]} parameters
 */
function run(command, parameters) {
  const { status, error } = spawnSync(command, parameters, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (error) throw error
  if (status !== 0) process.exitCode = 1
  return status === 0
}

/**
 * npm packs what it finds: it does not miss an entry of `files` that is nowhere. What `exports`, `types` and `bin` name is
 * for publint.
 *
 * @param {string} tarball
 */
function requireListed(tarball) {
  const read = (/** @type {string[]} */ ...parameters) =>
    spawnSync('tar', parameters, { encoding: 'utf8', maxBuffer: 2 ** 28 }).stdout
  const packed = read('-tzf', tarball).split('\n')
  /** @type {{ name: string, files: string[] }} */
  const { name, files } = JSON.parse(read('-xzOf', tarball, 'package/package.json'))
  for (const entry of files.filter((each) => !each.startsWith('!'))) {
    if (packed.some((path) => path === `package/${entry}` || path.startsWith(`package/${entry}/`))) continue
    console.error(
      `${name}: \`files\` names ${entry}, and the tarball has no such file: correct the entry, or build it`,
    )
    process.exitCode = 1
  }
}

/** What a reader of any package looks for, and what may be in a tarball beside it. */
const required = ['README.md', 'CHANGELOG.md', 'LICENSE', 'package.json']
const allowed =
  /^(?:bin\/[\w-]+\.cjs|dist\/.+\.(?:[cm]?js|d\.c?ts|css|wasm)|dist\/cli\/[\w-]+-LICENSE\.txt|docs\/.+\.(?:md|svg|png|json)|fixtures\/.+\.(?:db|sql|json)|results\.schema\.json)$/
const mostBytes = 2 * 2 ** 20

/**
 * npm packs what is there: sources, tests, what a build left and the files of the machine must not be among it.
 *
 * @param {string} tarball
 */
function requireContents(tarball) {
  const packed = spawnSync('tar', ['-tzf', tarball], { encoding: 'utf8', maxBuffer: 2 ** 28 })
    .stdout.split('\n')
    .filter((path) => path !== '')
    .map((path) => path.replace(/^package\//, ''))
  const missing = required.filter((path) => !packed.includes(path)).map((path) => `${path} is missing`)
  const extra = packed
    .filter((path) => !required.includes(path) && !allowed.test(path))
    .map((path) => `${path} does not belong in it`)
  const { size } = statSync(tarball)
  const large = size > mostBytes ? [`it has ${size} bytes, and at most ${mostBytes} are expected`] : []
  for (const fault of [...missing, ...extra, ...large]) {
    console.error(`${basename(tarball)}: ${fault}: correct \`files\` in its package.json`)
    process.exitCode = 1
  }
}

try {
  run('npm', ['pack', '--silent', '--pack-destination', folder])
  run('npm', ['pack', '--silent', '--pack-destination', folder, '--workspace', 'migration-proof'])
  for (const name of readdirSync(folder)) {
    const tarball = join(folder, name)
    requireListed(tarball)
    requireContents(tarball)
    run('npx', ['--no-install', 'publint', '--strict', tarball])
    run('npx', ['--no-install', 'attw', tarball, '--profile', 'esm-only'])
  }
} finally {
  rmSync(folder, { recursive: true })
}

#!/usr/bin/env node
// @ts-check
// Packs the package as npm would publish it, and has publint and "are the types wrong" look at the tarball.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

try {
  if (run('npm', ['pack', '--silent', '--pack-destination', folder])) {
    const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '')
    run('npx', ['--no-install', 'publint', '--strict', tarball])
    run('npx', ['--no-install', 'attw', tarball, '--profile', 'esm-only'])
  }
} finally {
  rmSync(folder, { recursive: true })
}

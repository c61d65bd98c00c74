/**
 * Goal: a file may travel between the engines that people have. Every SQLite of Debian upgrades every snapshot
 * by itself and then behaves as better-sqlite3 does; and each reads, checks and writes what better-sqlite3
 * upgraded. What an engine does otherwise is declared with its reason.
 */
import { describe, it } from 'vitest'
import { describeEngine } from './support/describe-engine.ts'
import { loadDebianEngines } from './support/engines.ts'
import { containers, needContainers } from './support/need-containers.ts'

describe.for(loadDebianEngines())('$name', describeEngine)

if (!containers.isReady) it('the engines of Debian', ({ skip }) => needContainers(skip))

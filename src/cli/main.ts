#!/usr/bin/env node
import { runToEnd } from './process/ending.ts'
import { run } from './run.ts'

runToEnd(process.argv.slice(2), run)

#!/usr/bin/env node
import { runProgram } from './index.ts'
import { readOwnPackage } from './program.ts'

const { version, description } = readOwnPackage()
runProgram({ name: 'migration-proof', version, description })

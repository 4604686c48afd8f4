// Stands in for a server: starts what its argument says, as the Node host does or without its care, and passes on what it writes.
import { spawn } from 'node:child_process';
import { startProcess } from '@praxis/wasm-runtime/node';

const [, , text, care] = process.argv;
const { descriptors, ...launch } = JSON.parse(text);
const child =
  care === 'careless'
    ? spawn(launch.command, launch.args, { env: launch.env, stdio: 'pipe' })
    : startProcess({ ...launch, descriptors: descriptors.map((bytes) => Buffer.from(bytes, 'base64')) });
child.stdout.pipe(process.stdout);
child.stderr.pipe(process.stderr);
child.on('close', (code) => process.exit(code ?? 1));

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { serve } from './serve.ts';

const commands = {
  /** An Express application that reads the same JSON, keeps nothing, and gives the same answer. Resolves with its URL. */
  async listen(): Promise<string> {
    const app = express();
    app.post('/leads', express.json(), (_req, res) => {
      const confirmation_url = 'http://localhost:3001/confirmation/AAAAAAAAAAAAAAAAAAAAAA';
      res.status(202).location(confirmation_url).json({
        masked_ref: 'AAAAAAAAAAAAAAAAAAAAAA',
        confirmation_url,
        received_at: new Date().toISOString(),
      });
    });
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
};
export type BareCommands = typeof commands;

serve(commands);

import { f64, u32 } from '../codec.js';
import { event } from '../message.js';
import { address } from '../types.js';
import { ackCall } from './patterns.js';

/** Sends `repeat` pings, `interval` seconds apart, and reports once. The event names no address: one at a time. */
export const wantPingFinishedEvents = ackCall('want_ping_finished_events', 'e79ee58b', {
  address: address,
  repeat: u32,
  interval: f64,
});
export const pingFinishedEvent = event('ping_finished_event', '397ccf72', { request_count: u32, reply_count: u32 });

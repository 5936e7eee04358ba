// Lives as long as any tab of this page is open, and gives all of them the events of one stream.
import { Stream } from "./stream.js";

const stream = new Stream();

addEventListener("connect", ({ ports: [port] }) => {
  const leave = stream.listen((event) => port.postMessage(event));
  port.addEventListener("close", leave);
  port.start();
});

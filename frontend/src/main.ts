import "./styles/main.css";
import { keepHeader } from "./ui/header";
import { mountIslands } from "./ui/islands";
import { localiseTimes } from "./ui/times";

keepHeader(document);
localiseTimes(document);
mountIslands(document);

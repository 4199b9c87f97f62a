fn main() -> std::process::ExitCode {
    hustings::cli::main()
}
